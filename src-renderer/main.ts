import { mount } from 'svelte'
import './app.css'
import { connectEngine } from './engine.ts'
import { app } from './shell/app-state.svelte.ts'
import { router } from './shell/router.svelte.ts'
import Shell from './shell/Shell.svelte'
import { applyTheme, rememberedTheme } from './shell/theme.ts'

applyTheme(rememberedTheme())
connectEngine()
router.start()
void app.start()

const target = document.getElementById('app')
if (target) mount(Shell, { target })
