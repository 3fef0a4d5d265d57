interface Cause {
  /** In what tritonserver or docker print. */
  pattern: RegExp
  hint: string
}

/** What makes a server end at its start; texts of tritonserver 2.51 and of Docker's documented messages. */
const CAUSES: readonly Cause[] = [
  {
    pattern: /already in use|port is already allocated|address already in use/i,
    hint: 'Choose other ports, or 0 for free ones.',
  },
  {
    pattern: /cannot connect to the docker daemon|permission denied while trying to connect to the docker/i,
    hint: 'Start Docker (`systemctl start docker`), and let this user use it (group "docker").',
  },
  {
    pattern: /could not select device driver|nvidia-container-cli|no nvidia driver/i,
    hint: 'Install the NVIDIA driver and the NVIDIA Container Toolkit, or start without GPUs.',
  },
  {
    pattern: /pull access denied|manifest (for .* not found|unknown)|repository does not exist|unauthorized/i,
    hint: 'Correct the name of the image, or log in to its registry (`docker login nvcr.io`).',
  },
  {
    pattern: /failed to stat file|failed to open directory/i,
    hint: 'Choose a folder that holds models: REPOSITORY/MODEL/1/…',
  },
  {
    pattern: /unrecognized option|unknown option|unexpected argument|invalid option/i,
    hint: 'This version of the server does not know that option.',
  },
  { pattern: /failed to load all models/i, hint: 'A model does not load; the log names it.' },
  {
    pattern: /libpython|error while loading shared libraries/i,
    hint: 'A library of the server is missing on this machine.',
  },
]

/** The line that tells why a server ended, with what to do; undefined where no line does. */
export function causeIn(line: string): { line: string; hint: string } | undefined {
  const cause = CAUSES.find(({ pattern }) => pattern.test(line))
  return cause && { line: line.trim(), hint: cause.hint }
}
