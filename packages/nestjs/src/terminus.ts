export { StatefulRouteHealthIndicator } from './health/stateful-route-health.ts';
