import { enumeration, isNew, map, message, oneof, repeated, scalar } from './types.ts'

/**
 * Every field of Triton's `inference.ModelConfig`, in the order our writer prints them.
 * Source: triton-inference-server/common, model_config.proto as of Triton 2.73; compared field by field with 2.51,
 * which lacks those marked `isNew`.
 */

const string = scalar('string')
const bool = scalar('bool')
const int32 = scalar('int32')
const int64 = scalar('int64')
const uint32 = scalar('uint32')
const uint64 = scalar('uint64')
const float = scalar('float')

export const DATA_TYPE = enumeration('DataType', {
  TYPE_INVALID: 0,
  TYPE_BOOL: 1,
  TYPE_UINT8: 2,
  TYPE_UINT16: 3,
  TYPE_UINT32: 4,
  TYPE_UINT64: 5,
  TYPE_INT8: 6,
  TYPE_INT16: 7,
  TYPE_INT32: 8,
  TYPE_INT64: 9,
  TYPE_FP16: 10,
  TYPE_FP32: 11,
  TYPE_FP64: 12,
  TYPE_STRING: 13,
  TYPE_BF16: 14,
})

const reshape = message('ModelTensorReshape', { shape: repeated(int64) })

const modelInput = message('ModelInput', {
  name: string,
  data_type: DATA_TYPE,
  format: enumeration('Format', { FORMAT_NONE: 0, FORMAT_NHWC: 1, FORMAT_NCHW: 2 }),
  dims: repeated(int64),
  reshape,
  is_shape_tensor: bool,
  allow_ragged_batch: bool,
  optional: bool,
  is_non_linear_format_io: bool,
})

const modelOutput = message('ModelOutput', {
  name: string,
  data_type: DATA_TYPE,
  dims: repeated(int64),
  reshape,
  label_filename: string,
  is_shape_tensor: bool,
  is_non_linear_format_io: bool,
})

const batchInput = message('BatchInput', {
  kind: enumeration('BatchInput.Kind', {
    BATCH_ELEMENT_COUNT: 0,
    BATCH_ACCUMULATED_ELEMENT_COUNT: 1,
    BATCH_ACCUMULATED_ELEMENT_COUNT_WITH_ZERO: 2,
    BATCH_MAX_ELEMENT_COUNT_AS_SHAPE: 3,
    BATCH_ITEM_SHAPE: 4,
    BATCH_ITEM_SHAPE_FLATTEN: 5,
  }),
  target_name: repeated(string),
  data_type: DATA_TYPE,
  source_input: repeated(string),
})

const batchOutput = message('BatchOutput', {
  target_name: repeated(string),
  kind: enumeration('BatchOutput.Kind', { BATCH_SCATTER_WITH_INPUT_SHAPE: 0 }),
  source_input: repeated(string),
})

const rateLimiter = message('ModelRateLimiter', {
  resources: repeated(message('ModelRateLimiter.Resource', { name: string, global: bool, count: uint32 })),
  priority: uint32,
})

const instanceGroup = message('ModelInstanceGroup', {
  name: string,
  kind: enumeration('ModelInstanceGroup.Kind', { KIND_AUTO: 0, KIND_GPU: 1, KIND_CPU: 2, KIND_MODEL: 3 }),
  count: int32,
  gpus: repeated(int32),
  rate_limiter: rateLimiter,
  secondary_devices: repeated(
    message('ModelInstanceGroup.SecondaryDevice', {
      kind: enumeration('SecondaryDeviceKind', { KIND_NVDLA: 0 }),
      device_id: int64,
    }),
  ),
  profile: repeated(string),
  passive: bool,
  host_policy: string,
})

const versionPolicy = message('ModelVersionPolicy', {
  latest: oneof('policy_choice', message('ModelVersionPolicy.Latest', { num_versions: uint32 })),
  all: oneof('policy_choice', message('ModelVersionPolicy.All', {})),
  specific: oneof('policy_choice', message('ModelVersionPolicy.Specific', { versions: repeated(int64) })),
})

const accelerator = message('ExecutionAccelerators.Accelerator', { name: string, parameters: map('string', string) })
const pinnedMemory = message('PinnedMemoryBuffer', { enable: bool })
const graphShape = message('GraphSpec.Shape', { dim: repeated(int64) })

const optimization = message('ModelOptimizationPolicy', {
  graph: message('ModelOptimizationPolicy.Graph', { level: int32 }),
  priority: enumeration('ModelPriority', { PRIORITY_DEFAULT: 0, PRIORITY_MAX: 1, PRIORITY_MIN: 2 }),
  cuda: message('ModelOptimizationPolicy.Cuda', {
    graphs: bool,
    busy_wait_events: bool,
    graph_spec: repeated(
      message('Cuda.GraphSpec', {
        batch_size: int32,
        input: map('string', graphShape),
        graph_lower_bound: message('GraphSpec.LowerBound', { batch_size: int32, input: map('string', graphShape) }),
      }),
    ),
    output_copy_stream: bool,
  }),
  execution_accelerators: message('ExecutionAccelerators', {
    gpu_execution_accelerator: repeated(accelerator),
    cpu_execution_accelerator: repeated(accelerator),
  }),
  input_pinned_memory: pinnedMemory,
  output_pinned_memory: pinnedMemory,
  gather_kernel_buffer_threshold: uint32,
  eager_batching: bool,
})

const queuePolicy = message('ModelQueuePolicy', {
  timeout_action: enumeration('TimeoutAction', { REJECT: 0, DELAY: 1 }),
  default_timeout_microseconds: uint64,
  allow_timeout_override: bool,
  max_queue_size: uint32,
})

const dynamicBatching = message('ModelDynamicBatching', {
  preferred_batch_size: repeated(int32),
  max_queue_delay_microseconds: uint64,
  preserve_ordering: bool,
  priority_levels: uint64,
  default_priority_level: uint64,
  default_queue_policy: queuePolicy,
  priority_queue_policy: map('uint64', queuePolicy),
})

const sequenceControl = message('ModelSequenceBatching.Control', {
  kind: enumeration('Control.Kind', {
    CONTROL_SEQUENCE_START: 0,
    CONTROL_SEQUENCE_READY: 1,
    CONTROL_SEQUENCE_END: 2,
    CONTROL_SEQUENCE_CORRID: 3,
  }),
  int32_false_true: repeated(int32),
  fp32_false_true: repeated(float),
  bool_false_true: repeated(bool),
  data_type: DATA_TYPE,
})

const initialState = message('ModelSequenceBatching.InitialState', {
  name: string,
  data_type: DATA_TYPE,
  dims: repeated(int64),
  zero_data: oneof('state_data', bool),
  data_file: oneof('state_data', string),
})

const sequenceBatching = message('ModelSequenceBatching', {
  direct: oneof(
    'strategy_choice',
    message('StrategyDirect', { max_queue_delay_microseconds: uint64, minimum_slot_utilization: float }),
  ),
  oldest: oneof(
    'strategy_choice',
    message('StrategyOldest', {
      max_candidate_sequences: int32,
      preferred_batch_size: repeated(int32),
      max_queue_delay_microseconds: uint64,
      preserve_ordering: bool,
    }),
  ),
  max_sequence_idle_microseconds: uint64,
  control_input: repeated(
    message('ModelSequenceBatching.ControlInput', { name: string, control: repeated(sequenceControl) }),
  ),
  state: repeated(
    message('ModelSequenceBatching.State', {
      input_name: string,
      output_name: string,
      data_type: DATA_TYPE,
      dims: repeated(int64),
      initial_state: repeated(initialState),
      use_same_buffer_for_input_output: bool,
      use_growable_memory: bool,
    }),
  ),
  iterative_sequence: bool,
})

const ensembling = message('ModelEnsembling', {
  step: repeated(
    message('ModelEnsembling.Step', {
      model_name: string,
      model_version: int64,
      model_namespace: string,
      input_map: map('string', string),
      output_map: map('string', string),
    }),
  ),
  max_inflight_requests: isNew(uint32),
})

const warmup = message('ModelWarmup', {
  name: string,
  batch_size: uint32,
  count: uint32,
  inputs: map(
    'string',
    message('ModelWarmup.Input', {
      data_type: DATA_TYPE,
      dims: repeated(int64),
      zero_data: oneof('input_data_type', bool),
      random_data: oneof('input_data_type', bool),
      input_data_file: oneof('input_data_type', string),
    }),
  ),
})

const repositoryAgents = message('ModelRepositoryAgents', {
  agents: repeated(message('ModelRepositoryAgents.Agent', { name: string, parameters: map('string', string) })),
})

const metrics = message('ModelMetrics', {
  metric_control: repeated(
    message('ModelMetrics.MetricControl', {
      metric_identifier: message('MetricIdentifier', { family: string }),
      histogram_options: oneof('metric_options', message('HistogramOptions', { buckets: repeated(scalar('double')) })),
    }),
  ),
})

export const MODEL_CONFIG = message('ModelConfig', {
  name: string,
  platform: string,
  backend: string,
  runtime: string,
  version_policy: versionPolicy,
  max_batch_size: int32,
  input: repeated(modelInput),
  output: repeated(modelOutput),
  batch_input: repeated(batchInput),
  batch_output: repeated(batchOutput),
  optimization,
  dynamic_batching: oneof('scheduling_choice', dynamicBatching),
  sequence_batching: oneof('scheduling_choice', sequenceBatching),
  ensemble_scheduling: oneof('scheduling_choice', ensembling),
  instance_group: repeated(instanceGroup),
  default_model_filename: string,
  cc_model_filenames: map('string', string),
  metric_tags: map('string', string),
  parameters: map('string', message('ModelParameter', { string_value: string })),
  model_warmup: repeated(warmup),
  model_operations: message('ModelOperations', { op_library_filename: repeated(string) }),
  model_transaction_policy: message('ModelTransactionPolicy', { decoupled: bool }),
  model_repository_agents: repositoryAgents,
  response_cache: message('ModelResponseCache', { enable: bool }),
  model_metrics: isNew(metrics),
})
