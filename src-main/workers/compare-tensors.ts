import { compareTensorFiles } from '../models/compare-tensors.ts'
import { answerWith } from './answer.ts'
import { CompareTensorsInput } from './compare-tensors-protocol.ts'

/** Differences of large tensors in files, in a process of its own: the engine's would stand still. */
answerWith(CompareTensorsInput, ({ pairs }) => compareTensorFiles(pairs))
