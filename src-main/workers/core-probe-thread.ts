import { workerData } from 'node:worker_threads'
import { answerPings } from './core-probe.ts'

// The other end of the core-to-core probe: sleeps until asked, then answers as fast as it can.
answerPings(new Int32Array(workerData))
