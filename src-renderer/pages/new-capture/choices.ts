export const TOOLS = [
  { value: 'nsys', label: 'Nsight Systems' },
  { value: 'torch', label: 'torch.profiler' },
] as const

export const PRESETS = [
  { value: 'quick', label: 'Quick look', note: 'CUDA, NVTX, OS calls, cuDNN, cuBLAS; a CUDA graph is one slice' },
  {
    value: 'cuda-graph-nodes',
    label: 'CUDA graphs by node',
    note: 'Every kernel inside CUDA graphs, at a cost; no OS calls',
  },
  { value: 'tensorrt', label: 'TensorRT engine', note: 'NVTX of its layers and kernels inside CUDA graphs' },
  { value: 'python', label: 'Python', note: 'Python stacks by sampling, and who holds the interpreter’s lock' },
] as const

export const SAMPLES = [
  { value: '', label: 'As the preset has it', note: 'None: sampling costs time and rarely says more' },
  { value: 'none', label: 'None' },
  { value: 'process-tree', label: 'The program and what it starts', note: 'CPU call stacks a thousand times a second' },
  { value: 'system-wide', label: 'The whole machine', note: 'Needs rights' },
] as const

export const GRAPHS = [
  { value: '', label: 'As the preset has it' },
  { value: 'graph', label: 'Each graph as a whole', note: 'Cheap; kernels inside do not show' },
  { value: 'node', label: 'Every kernel inside', note: 'Slows graphs down' },
] as const

export const RANGES = [
  { value: '', label: 'From the start', note: 'Or after the delay' },
  { value: 'cudaProfilerApi', label: 'cudaProfilerStart() to Stop()', note: 'torch.cuda.profiler.start() in Python' },
  { value: 'nvtx', label: 'An NVTX range', note: 'The first one the program opens' },
] as const

export const TARGETS = [
  { value: 'script', label: 'Script' },
  { value: 'entry', label: 'Function' },
  { value: 'torchscript', label: 'TorchScript' },
  { value: 'torchvision', label: 'torchvision' },
] as const

export const TARGET_TEXT = {
  script: {
    label: 'Script',
    hint: 'Runs as python SCRIPT would; nothing in it has to change.',
    placeholder: '/home/me/train.py',
  },
  entry: {
    label: 'Function',
    hint: 'Called once a step with the inputs. A module class or object works too.',
    placeholder: 'mymodel.net:forward',
  },
  torchscript: {
    label: 'TorchScript file',
    hint: 'Saved with torch.jit.save; called once a step.',
    placeholder: '/home/me/net.pt',
  },
  torchvision: { label: 'Model', hint: 'By its name in torchvision, with random weights.', placeholder: 'resnet18' },
} as const
