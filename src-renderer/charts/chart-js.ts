import {
  BasicPlatform,
  Chart,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  Tooltip,
} from 'chart.js'

Chart.register(LineController, LineElement, PointElement, LinearScale, LogarithmicScale, Filler, Tooltip)

/** The one door to chart.js, with only what our charts use. */
export { BasicPlatform, Chart }
