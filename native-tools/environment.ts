/**
 * What a child may see of our environment: where programs and libraries are, who and where the user is, and how
 * compute libraries are tuned. Everything else stays here, tokens and NODE_OPTIONS above all.
 */
const NAMES = new Set([
  // where things are
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'TMPDIR',
  'TEMP',
  'TMP',
  'LD_LIBRARY_PATH',
  'DYLD_LIBRARY_PATH',
  'DYLD_FALLBACK_LIBRARY_PATH',
  'VIRTUAL_ENV',
  'CONDA_PREFIX',
  'PYTHONPATH',
  'PYTHONHOME',
  // language and time
  'LANG',
  'LANGUAGE',
  'TZ',
  // Windows does not run without these
  'SYSTEMROOT',
  'WINDIR',
  'SYSTEMDRIVE',
  'COMSPEC',
  'PATHEXT',
  'APPDATA',
  'LOCALAPPDATA',
  'USERPROFILE',
  'PROGRAMDATA',
  'PROGRAMFILES',
  'PROGRAMFILES(X86)',
  'PROGRAMW6432',
  'NUMBER_OF_PROCESSORS',
  'PROCESSOR_ARCHITECTURE',
])

const PREFIXES = [
  'LC_',
  'XDG_',
  'CUDA_',
  'CUDNN_',
  'NVIDIA_',
  'NCCL_',
  'TENSORRT_',
  'TRT_',
  'ORT_',
  'OMP_',
  'GOMP_',
  'KMP_',
  'MKL_',
  'OPENBLAS_',
  'MALLOC_',
  'PYENV_',
  'DOCKER_HOST',
]

/**
 * The environment of a child: the allow-list above, then `extra`.
 * @param source the environment to take from
 */
export function scrubbedEnvironment(
  extra: Readonly<Record<string, string>> = {},
  source: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const environment: Record<string, string> = {}
  for (const [name, value] of Object.entries(source)) {
    const upper = name.toUpperCase() // Windows names have no case
    if (value !== undefined && (NAMES.has(upper) || PREFIXES.some(prefix => upper.startsWith(prefix)))) {
      environment[name] = value
    }
  }
  return { ...environment, ...extra }
}
