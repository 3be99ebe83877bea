export { eventually } from './eventually';
export { FakeClock, settle } from './fake-clock';
export { freePort } from './free-port';
export {
  EMULATOR_ENTRY,
  GATEWAY_ENTRY,
  launch,
  type Answer,
  type AnswerJson,
  type LaunchOptions,
  type LaunchedGateway,
  type Ports,
} from './launch';
export { LaunchedProcess, type Exit, type LogLine } from './launched-process';
export {
  isRunning,
  openDescriptors,
  openFilesBelow,
  processesOfGroup,
  residentMb,
} from './processes';
export { aPrompt, PromptBuilder } from './prompt.builder';
export { WebServer, type ReceivedCall } from './web-server';
export { makeWorkspace, type Workspace } from './workspace';
