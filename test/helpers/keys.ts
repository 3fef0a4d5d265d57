import type { Locator, Page } from 'playwright'
import { expect } from 'vitest'

/** Steps of a person without a mouse. They wait for what is there, never for a time: a loaded machine is only slower. */

/** Presses Tab until the focused element fits. */
export async function tabTo(page: Page, selector: string, most = 150): Promise<void> {
  for (let press = 0; press < most; press++) {
    await page.keyboard.press('Tab')
    if (await page.evaluate(wanted => document.activeElement?.matches(wanted) === true, selector)) return
  }
  throw new Error(`Tab never reached ${selector}`)
}

/** Presses what has this name, as soon as it can be. Focus goes there by script, as a screen reader's does. */
export async function press(
  within: Page | Locator,
  name: string | RegExp,
  role: 'button' | 'tab' | 'radio' = 'button',
): Promise<void> {
  const target = within.getByRole(role, { name, exact: true })
  await expect.poll(() => target.isEnabled()).toBe(true)
  await target.press(role === 'radio' ? 'Space' : 'Enter')
}

/** Down an open list or menu to the item of this name, and takes it. Typing its name would depend on how fast. */
export async function takeItem(page: Page, role: 'menuitem' | 'option', name: string, most = 40): Promise<void> {
  const item = page.getByRole(role, { name })
  await item.first().waitFor()
  const reached = page.locator(`[role=${role}][data-highlighted]`).filter({ hasText: name })
  for (let press = 0; (await reached.count()) === 0; press++) {
    if (press === most) throw new Error(`no arrow key reached ${name}`)
    await page.keyboard.press('ArrowDown')
  }
  await page.keyboard.press('Enter')
}

/** Down a grid from the row that Tab reached to the one with this text, and chooses it. */
export async function takeRow(page: Page, grid: string, text: string, most = 40): Promise<void> {
  await tabTo(page, `[role=grid][aria-label="${grid}"] [data-row]`)
  const cell = page.getByRole('grid', { name: grid }).getByText(text, { exact: true })
  const reached = () =>
    cell.evaluate(each => each.contains(document.activeElement) || document.activeElement?.contains(each) === true)
  for (let press = 0; !(await reached()); press++) {
    if (press === most) throw new Error(`no arrow key reached ${text}`)
    await page.keyboard.press('ArrowDown')
  }
  await page.keyboard.press('Enter')
}

/** Types over what stands in a field. */
export async function retype(page: Page, label: string, text: string): Promise<void> {
  await page.getByLabel(label, { exact: true }).focus()
  await page.keyboard.press('Control+a')
  await page.keyboard.type(text)
}
