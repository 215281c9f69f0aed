import { render } from 'preact';
import { readInfo, startClock } from './api/live.ts';
import { App } from './app.tsx';
import './style/theme.css';
import './style/frame.css';
import './style/parts.css';
import './style/table.css';
import './style/chart.css';
import './style/screens.css';

const root = document.getElementById('console');
if (root) render(<App />, root);
startClock();
void readInfo();
