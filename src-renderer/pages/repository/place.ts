import { engine } from '../../engine.ts'
import { RepositoryView } from './repository.svelte.ts'
import { StartView } from './started.svelte.ts'

/** The one repository page: what is typed and the server that runs outlive the component. */
export const repositoryPlace = { view: new RepositoryView(engine), start: new StartView(engine) }
