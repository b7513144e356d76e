import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

/**
 * Runs a command with this process's terminal until it ends and answers its exit code (128 + n when signal n ended it).
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: URL, env: NodeJS.ProcessEnv }} where
 * @returns {Promise<number>}
 */
export function runToTheEnd(command, args, { cwd, env }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: fileURLToPath(cwd), env, stdio: 'inherit' })
    const stopForwarding = forwardSignals(child)
    child.on('error', (error) => reject(new Error(`Could not start ${command}: ${error.message}`)))
    child.on('exit', (code, signal) => {
      stopForwarding()
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
    })
  })
}

/** Signals a terminal sends to every process in its foreground: Ctrl-C, and the closing of its window. */
const FROM_TERMINAL = new Set(['SIGINT', 'SIGHUP'])

/**
 * Ctrl-C at a terminal goes to every process in the foreground, the child included, and npm sends it to us once more:
 * passing it on would reach the child two or three times, so there it is only survived. Without a terminal, and for
 * every other signal, the child hears it from us alone.
 */
function forwardSignals(child) {
  const listeners = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => {
    const onSignal = () => {
      if (FROM_TERMINAL.has(signal) && process.stdin.isTTY) return
      child.kill(signal)
    }
    process.on(signal, onSignal)
    return () => process.off(signal, onSignal)
  })
  return () => {
    for (const off of listeners) off()
  }
}
