import { mkdirSync } from 'node:fs'
import { type Admin, openAdmin } from './admin/admin.ts'
import { answerAdmin } from './admin/admin-routes.ts'
import { apiService } from './api/api-service.ts'
import { collectContents } from './api/remove-snapshot.ts'
import { type Listening, listen } from './http/listen.ts'
import { serve } from './http/serve.ts'
import { type EmulatorOptions, settingsOf } from './options.ts'
import { s3Service } from './s3/s3-service.ts'
import { resumeWork } from './work/schedule.ts'
import { openWorld, type World } from './world.ts'

/** A provider that runs: its addresses, and what stands behind it. */
export interface Emulator extends AsyncDisposable {
  /** Instance v1 and Block v1, as `SCW_API_URL`. No slash at the end. */
  apiUrl: string
  /** Object Storage by region, path style. */
  s3Urls: Record<string, string>
  /** The admin routes, below the API's address. */
  adminUrl: string
  admin: Admin
  /** Closes the ports, cuts held sockets and stops the clock; the data folder stays. */
  stop(): Promise<void>
}

/** Starts the API server and one Object Storage server per region. Rejects when a port is taken. */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const settings = settingsOf(options)
  mkdirSync(settings.dataDir, { recursive: true })
  const world = openWorld(settings)
  collectContents(world)
  resumeWork(world)
  const admin = openAdmin(world)
  const listening: Listening[] = []
  const close = async () => {
    world.clock.stop()
    await Promise.all(listening.splice(0).map((one) => one.close()))
    await world.clock.idle()
    world.log.close()
  }
  let closing: Promise<void> | undefined
  const stop = () => {
    closing ??= close()
    return closing
  }
  try {
    const api = await listen(apiListener(world, admin), settings.host, settings.ports.api ?? 0)
    listening.push(api)
    const s3Urls: Record<string, string> = {}
    for (const region of settings.regions) {
      const s3 = await listen(
        serve(world, s3Service(world, region)),
        settings.host,
        settings.ports.s3?.[region] ?? 0,
      )
      listening.push(s3)
      s3Urls[region] = s3.url
    }
    return { apiUrl: api.url, s3Urls, adminUrl: `${api.url}/admin`, admin, stop, [Symbol.asyncDispose]: stop }
  } catch (cause) {
    await stop()
    throw cause
  }
}

function apiListener(world: World, admin: Admin): Parameters<typeof listen>[0] {
  const play = serve(world, apiService(world))
  return (request, response) => {
    if (/^\/admin(?:[/?]|$)/.test(request.url ?? '')) void answerAdmin(admin, request, response)
    else play(request, response)
  }
}
