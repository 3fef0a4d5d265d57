/// <reference types="vite/client" />
import { mount } from 'svelte'
import '../../../src-renderer/app.css'
import Gallery from './Gallery.svelte'

const query = new URLSearchParams(location.search)
const theme = query.get('theme')
if (theme) document.documentElement.dataset.theme = theme

const target = document.getElementById('app')
if (target) mount(Gallery, { target, props: { only: query.get('only') ?? '' } })
