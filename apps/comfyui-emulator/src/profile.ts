/**
 * What a release of ComfyUI does differently from its neighbours.
 *
 * Each field is one row of ComfyUI's history that a client can notice; code asks for the field and
 * never compares version numbers.
 */
export interface Profile {
  readonly name: ProfileName;
  /** The version `/system_stats` and the log report. */
  readonly version: string;
  /** A client's own `prompt_id`: ignored before 0.3.45, taken as it is, or required to be a UUID. */
  readonly clientPromptIds: 'ignored' | 'any' | 'uuid';
  /** `feature_flags` handshake, `/features`, previews with metadata; since 0.3.45. */
  readonly featureFlags: boolean;
  /** `progress_state` messages; since 0.3.45. */
  readonly progressState: boolean;
  /** At most one progress message per 100 ms and 0.5 %, but for first, last and previews; since 0.9.2. */
  readonly throttlesProgress: boolean;
  /** `partial_execution_targets`; since 0.3.48. */
  readonly partialTargets: boolean;
  /** `POST /interrupt` with a `prompt_id`; since 0.3.57. Before, every interrupt is global. */
  readonly interruptById: boolean;
  /** `/history?offset=`; since 0.3.60. */
  readonly historyOffset: boolean;
  /** Credentials in `extra_data`: everywhere, out of history since 0.3.45, out of `/queue` since 0.3.68. */
  readonly hidesSecrets: 'nowhere' | 'in-history' | 'everywhere';
  /** History holds the outputs of all cached nodes, or only of those this run executed or reported. */
  readonly historyOutputs: 'cached' | 'reported';
  /** `extra_data.create_time`; since 0.3.69. */
  readonly stampsCreation: boolean;
  /** `preview_method` per prompt; since 0.5.0. */
  readonly previewPerPrompt: boolean;
  /** `/api/jobs` with atomic cancel; complete since 0.26. */
  readonly jobs: boolean;
  /** V3 combos are validated; since 0.8.0. */
  readonly checksV3Combos: boolean;
  /** `missing_node_type` instead of `invalid_prompt`; since about 0.13. */
  readonly namesMissingNodes: boolean;
  /** `dependency_cycle` errors; since 0.20. */
  readonly reportsCycles: boolean;
  /** `/view` forbids sniffing and sends active content as an attachment. */
  readonly hardenedView: boolean;
}

export const PROFILE_NAMES = ['0.3.40', '0.3.64', '0.26+'] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];

const reference: Profile = {
  name: '0.3.64',
  version: '0.3.64',
  clientPromptIds: 'any',
  featureFlags: true,
  progressState: true,
  throttlesProgress: false,
  partialTargets: true,
  interruptById: true,
  historyOffset: true,
  hidesSecrets: 'in-history',
  historyOutputs: 'cached',
  stampsCreation: false,
  previewPerPrompt: false,
  jobs: false,
  checksV3Combos: false,
  namesMissingNodes: false,
  reportsCycles: false,
  hardenedView: false,
};

export const profiles = {
  '0.3.40': {
    ...reference,
    name: '0.3.40',
    version: '0.3.40',
    clientPromptIds: 'ignored',
    featureFlags: false,
    progressState: false,
    partialTargets: false,
    interruptById: false,
    historyOffset: false,
    hidesSecrets: 'nowhere',
  },
  '0.3.64': reference,
  '0.26+': {
    ...reference,
    name: '0.26+',
    version: '0.33.1',
    clientPromptIds: 'uuid',
    throttlesProgress: true,
    hidesSecrets: 'everywhere',
    historyOutputs: 'reported',
    stampsCreation: true,
    previewPerPrompt: true,
    jobs: true,
    checksV3Combos: true,
    namesMissingNodes: true,
    reportsCycles: true,
    hardenedView: true,
  },
} as const satisfies Record<ProfileName, Profile>;
