export { type Agent, type AgentOptions, createAgent } from './api/create-agent.ts';
export type { PodRoute } from './pod/agent-pod.ts';
