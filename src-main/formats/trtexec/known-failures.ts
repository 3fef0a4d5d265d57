import type { ErrorCode } from '#domain/errors.ts'
import { replacementOf } from './removed-flags.ts'
import type { TrtexecRun } from './types.ts'

type Groups = Readonly<Record<string, string>>

/** A failure text of trtexec, TensorRT or CUDA, what it means and what to do. */
export interface KnownFailure {
  id: string
  code: ErrorCode
  /** Its named groups are handed to `tell`. */
  pattern: RegExp
  /** The pattern reaches over several messages. */
  spansLines?: boolean
  /** Every different message is a failure of its own: one per flag. */
  isOnePerText?: boolean
  tell(groups: Groups, run: TrtexecRun): { message: string; hint: string; where?: string }
}

const said = (message: string, hint: string) => () => ({ message, hint })
const engineHint =
  'Build the engine again here, from the same model. An engine fits one version of TensorRT and one kind of GPU, unless it was built --versionCompatible or with a --hardwareCompatibilityLevel.'
const shapesHint =
  'Give --minShapes, --optShapes and --maxShapes for every dynamic input when building, and --shapes inside them when running.'
const memoryHint =
  'Close what else uses the GPU (nvidia-smi lists it), take a smaller batch or shape, or limit --memPoolSize=workspace.'
const workspaceHint =
  'Raise --memPoolSize=workspace:NM (--workspace up to 8.3); if that changes nothing, try another TensorRT version or precision: some operators have no kernel in each.'

/** The cause before its consequences; the first of a kind is told. */
export const KNOWN_FAILURES: readonly KnownFailure[] = [
  {
    id: 'unknown-option',
    code: 'USAGE',
    pattern: /Unknown option: --?(?<flag>[\w-]+)(?: (?<value>[^\n]*))?/,
    isOnePerText: true,
    tell: ({ flag = '' }, { version }) => ({
      message: `This trtexec${version === undefined ? '' : ` (TensorRT ${version})`} has no flag --${flag}`,
      where: `--${flag}`,
      hint: replacementOf(flag) ?? 'Look for it in trtexec --help; a value is given as --flag=value.',
    }),
  },
  {
    id: 'unknown-value',
    code: 'USAGE',
    pattern: /^Unknown (?!option)(?<what>[\w -]+): ?(?<value>[^\n]+)/,
    tell: ({ what = 'value', value = '' }) => ({
      message: `trtexec does not know the ${what} ${value}`,
      where: value,
      hint: 'Look for the values of this flag in trtexec --help.',
    }),
  },
  {
    id: 'no-model',
    code: 'USAGE',
    pattern: /Model missing or format not recognized/,
    tell: said('trtexec was given no model it knows', 'Give --onnx=FILE, or --loadEngine=FILE for an engine.'),
  },
  {
    id: 'load-and-save',
    code: 'USAGE',
    pattern: /Incompatible load and save engine options selected/,
    tell: said('An engine cannot be loaded and saved in one run', 'Leave out --saveEngine or --loadEngine.'),
  },
  {
    id: 'model-file',
    code: 'FILE_NOT_FOUND',
    pattern: /(?:Input file cannot be found, or is not a regular file: |Could not open file )(?<path>[^\n]+)/,
    tell: ({ path = '' }) => ({
      message: 'The model file does not exist',
      where: path,
      hint: 'Check the path; trtexec takes it relative to the folder it was started in.',
    }),
  },
  {
    id: 'engine-file',
    code: 'FILE_NOT_FOUND',
    pattern: /Error opening engine file: (?<path>[^\n]+)/,
    tell: ({ path = '' }) => ({
      message: 'The engine file cannot be opened',
      where: path,
      hint: 'Was it built? trtexec writes it only at the end of a build.',
    }),
  },
  {
    id: 'engine-unwritable',
    code: 'FILE_UNWRITABLE',
    pattern: /Cannot open engine file:? ?(?<path>[^\n]*)/,
    tell: ({ path = '' }, { enginePath }) => ({
      message: 'The engine file cannot be written',
      ...(path || enginePath ? { where: path || enginePath || '' } : {}),
      hint: 'Does its folder exist, may you write there, and is there space?',
    }),
  },
  {
    id: 'libnvinfer-missing',
    code: 'TOOL_FAILED',
    pattern: /(?<library>lib[\w.+-]+\.so[\w.]*): cannot open shared object file/,
    tell: ({ library = '' }) => ({
      message: `trtexec does not start: the library ${library} is not found`,
      where: library,
      hint: 'Install the TensorRT (and CUDA) that this trtexec belongs to, and put its lib folder into LD_LIBRARY_PATH.',
    }),
  },
  {
    id: 'driver',
    code: 'RUNTIME_UNAVAILABLE',
    pattern: /CUDA driver version is insufficient|CUDA initialization failure with error: ?(?:35|803)\b/,
    tell: said('The NVIDIA driver is too old for this CUDA', 'Update the driver, or use a TensorRT for an older CUDA.'),
  },
  {
    id: 'no-gpu',
    code: 'RUNTIME_UNAVAILABLE',
    pattern:
      /Cannot find any available devices|no CUDA-capable device is detected|CUDA initialization failure with error: ?(?:100|46)\b/,
    tell: said(
      'trtexec finds no GPU it may use',
      'Does nvidia-smi list one? In a container: was it started with --gpus all? Is CUDA_VISIBLE_DEVICES set?',
    ),
  },
  {
    id: 'cuda-initialization',
    code: 'RUNTIME_UNAVAILABLE',
    pattern: /CUDA initialization failure with error: ?(?<number>(?!(?:2|35|46|100|803)\b)\d+)/,
    tell: ({ number = '' }) => ({
      message: `CUDA cannot be started (error ${number})`,
      hint: 'Run nvidia-smi: is the driver loaded, and does it fit the CUDA of this TensorRT?',
    }),
  },
  {
    id: 'engine-version',
    code: 'RUNTIME_FAILED',
    pattern:
      /Version tag does not match\. Note: Current Version: (?<here>\d+), Serialized Engine Version: (?<there>\d+)|expecting library version (?<library>[\d.]+) got (?<got>[\d.]+\d)/,
    tell: ({ here, there, library, got }, { version }) => ({
      message:
        here === undefined
          ? // "expecting" is the library that is here; "got" the engine's.
            `The engine was built with TensorRT ${got}; here runs ${library}`
          : `The engine was built with another TensorRT (serialized version ${there}); here runs ${version ?? 'one'} (${here})`,
      hint: engineHint,
    }),
  },
  {
    id: 'engine-format',
    code: 'RUNTIME_FAILED',
    pattern: /kPLAN_MAGIC_TAG failed|incompatible serialization version|Magic tag does not match/i,
    tell: (_, { version, enginePath }) => ({
      message: `The engine was made by a TensorRT whose files ${version === undefined ? 'this one' : `TensorRT ${version}`} cannot read, or is no engine`,
      ...(enginePath === undefined ? {} : { where: enginePath }),
      hint: engineHint,
    }),
  },
  {
    id: 'engine-device',
    code: 'RUNTIME_FAILED',
    pattern: /generated on an incompatible device, expecting compute (?<here>[\d.]+) got compute (?<there>[\d.]+\d)/,
    tell: ({ here = '', there = '' }) => ({
      message: `The engine was built for a GPU of compute capability ${there}; this one has ${here}`,
      hint: engineHint,
    }),
  },
  {
    id: 'plugin-missing',
    code: 'MODEL_UNSUPPORTED',
    pattern:
      /While parsing node number (?<number>\d+) \[(?<op>[^\s\]]+)(?: -> "(?<output>[^"\n]*)")?(?=[\s\S]*(?:Plugin not found|creator && ))(?:[\s\S]*?\nname: "(?<node>[^"\n]*)")?/,
    spansLines: true,
    tell: unsupportedOperator,
  },
  {
    id: 'operator-unsupported',
    code: 'MODEL_UNSUPPORTED',
    pattern: /No importer registered for op: (?<op>[\w.:-]+)/,
    tell: unsupportedOperator,
  },
  {
    id: 'static-model',
    code: 'SHAPE_MISMATCH',
    pattern: /Static model does not take explicit shapes/,
    tell: said(
      'The model has fixed shapes: it takes no others',
      'Leave out --minShapes, --optShapes, --maxShapes and --shapes, or export the model with a dynamic batch.',
    ),
  },
  {
    id: 'static-dimension',
    code: 'SHAPE_MISMATCH',
    pattern:
      /Static dimension mismatch while setting input shape|The engine was built with static shapes for input tensor (?<input>\S+)/,
    tell: ({ input }, { shapes, enginePath }) => {
      const asked = Object.entries(shapes).map(([name, dims]) => `${name}:${dims.join('x')}`)
      return {
        message: `The engine was built for fixed shapes; it cannot run ${asked.length > 0 ? asked.join(', ') : 'others'}`,
        ...(input === undefined && enginePath === undefined ? {} : { where: input ?? enginePath ?? '' }),
        hint: 'Run it with the shapes it was built for, or build one whose --minShapes and --maxShapes hold these.',
      }
    },
  },
  {
    id: 'no-profile',
    code: 'SHAPE_MISMATCH',
    pattern: /Network has dynamic or shape inputs, but no optimization profile has been defined/,
    tell: said('The model has dynamic inputs, and no shapes were given for them', shapesHint),
  },
  {
    id: 'no-such-input',
    code: 'SHAPE_MISMATCH',
    pattern: /Cannot find input tensor with name "(?<input>[^"]*)" in the (?<place>network|engine bindings)/,
    tell: ({ input = '', place = '' }) => ({
      message: `The ${place === 'network' ? 'model' : 'engine'} has no input named ${input}`,
      where: input,
      hint: 'Names must be the model’s own, also their colons: batchscope inspect MODEL lists them.',
    }),
  },
  {
    id: 'profile-order',
    code: 'SHAPE_MISMATCH',
    pattern: /must satisfy MIN<=OPT<=MAX|k(?:MIN|OPT|MAX) values? for profile (?<profile>\d+)/,
    tell: said(
      'The shapes are not in order, or do not fit the model',
      `Each dimension: min ≤ opt ≤ max. ${shapesHint}`,
    ),
  },
  {
    id: 'profile-index',
    code: 'USAGE',
    pattern: /Selected profile index (?<index>\d+) exceeds the number of profiles/,
    tell: ({ index = '' }) => ({
      message: `The engine has no optimization profile ${index}`,
      hint: 'Profiles are counted from 0: take a smaller --useProfile.',
    }),
  },
  {
    id: 'strong-types',
    code: 'MODEL_UNSUPPORTED',
    pattern: /(?<op>\S+(?: \S+)?) must have same input types\. But they are of types (?<a>\w+) and (?<b>\w+)/,
    tell: ({ op = '', a = '', b = '' }) => ({
      message: `An operator gets ${a} and ${b} where both must be the same: ${op}`,
      hint: 'TensorRT 11 takes types from the model as they are: put Cast nodes there, or convert the model again (ModelOpt AutoCast).',
    }),
  },
  {
    id: 'out-of-memory',
    code: 'RUNTIME_FAILED',
    pattern:
      /Cuda Runtime \(out of memory\)|Error Code 2: OutOfMemory|Requested amount of GPU memory \((?<bytes>\d+) bytes\) could not be allocated|CUDA initialization failure with error: ?2\b|Cuda failure: out of memory/,
    tell: ({ bytes }) => ({
      message:
        bytes === undefined
          ? 'The GPU has not enough free memory'
          : `The GPU has not enough free memory: ${Math.ceil(Number(bytes) / 2 ** 20)} MiB more were asked for`,
      hint: memoryHint,
    }),
  },
  {
    id: 'host-memory',
    code: 'RUNTIME_FAILED',
    pattern: /std::bad_alloc|^Killed\b/m,
    tell: said('This computer has not enough memory', 'Close other programs, or build on a machine with more memory.'),
  },
  {
    id: 'insufficient-workspace',
    code: 'RUNTIME_FAILED',
    pattern: /due to insufficient workspace/,
    tell: said('No kernel fits into the workspace', workspaceHint),
  },
  {
    id: 'no-implementation',
    code: 'RUNTIME_FAILED',
    pattern: /Could not find any implementation for node (?<node>.+?)(?:\.\)|,? due to|\.$|$)/m,
    tell: ({ node = '' }, { build }) => ({
      message: `TensorRT has no kernel for ${node}`,
      where: node,
      hint: `${build.skippedTactics > 0 ? `${build.skippedTactics} tactics were left out for lack of memory. ` : ''}${workspaceHint}`,
    }),
  },
  {
    id: 'shape-error',
    code: 'MODEL_UNSUPPORTED',
    pattern: /Shape Error \((?<why>[^\n)]*)|IShuffleLayer applied to shape tensor must have (?<reshape>[^\n]*)/,
    tell: ({ why, reshape }) => ({
      message: `Shapes inside the model do not fit: ${why ?? reshape ?? ''}`,
      hint: 'Check the shapes that were given; then simplify the model (onnxsim), or fold its constants (polygraphy surgeon sanitize --fold-constants).',
    }),
  },
  {
    id: 'invalid-node',
    code: 'MODEL_UNSUPPORTED',
    pattern: /Invalid Node - (?<node>[^\n]+)/,
    tell: ({ node = '' }) => ({
      message: `The parser refuses node ${node}`,
      where: node,
      hint: 'Check the model (onnx.checker), then simplify it (onnxsim) or fold its constants.',
    }),
  },
  {
    id: 'parser',
    code: 'MODEL_UNSUPPORTED',
    pattern: /While parsing node number (?<number>\d+) \[(?<op>[^\s\]]+)(?: -> "(?<output>[^"\n]*)")?/,
    tell: ({ number = '', op = '', output }) => ({
      message: `The parser fails at node ${number}, an ${op}`,
      where: output ?? op,
      hint: 'Does this TensorRT know the operator in this opset? Simplify the model (onnxsim), or export it with an older opset.',
    }),
  },
  {
    id: 'assertion',
    code: 'CHILD_DIED',
    pattern:
      /: (?<place>[\w]+)\([^\n]*Assertion [`'](?<condition>[^\n]*?)' failed|Assertion [`'](?<bare>[^\n]*?)' failed/,
    tell: ({ condition, bare }) => ({
      message: `trtexec died inside TensorRT: ${condition ?? bare ?? 'an assertion'}`,
      hint: 'A fault of this TensorRT with this model: try a newer version, or leave parts of the model out to find the cause.',
    }),
  },
  {
    id: 'cuda-failure',
    code: 'RUNTIME_FAILED',
    pattern: /Cuda failure: (?<why>[^\n]+)/,
    tell: ({ why = '' }) => ({
      message: `CUDA failed: ${why}`,
      hint: 'Run nvidia-smi: is the GPU there and healthy (ECC, Xid errors in dmesg)? Then try again.',
    }),
  },
  {
    id: 'crash',
    code: 'CHILD_DIED',
    pattern: /Segmentation fault|core dumped|^terminate called|^Aborted\b/m,
    tell: said(
      'trtexec crashed',
      'A fault of TensorRT or of a plugin: try without plugins, then another version of TensorRT.',
    ),
  },
]

function unsupportedOperator({ op = '', number, node, output }: Groups, { version }: TrtexecRun) {
  const place = node || output
  const at = number === undefined ? '' : `: node ${number}${place ? `, ${place}` : ''}`
  return {
    message: `TensorRT${version === undefined ? '' : ` ${version}`} does not know the operator ${op}, and no plugin for it is loaded${at}`,
    where: place || op,
    hint: `Load the plugin that has ${op} (--staticPlugins=LIB.so; up to 8.5 --plugins), check its name, version and namespace, or replace the operator in the model.`,
  }
}
