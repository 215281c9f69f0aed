export { Endings } from './endings.ts';
export { Lab, SERVICE, useLab } from './lab.ts';
