// One process of a fleet: runs one chore under a lease of 2 s and leaves its number in a list at every run.
import { openRedis, startChores } from '../src/index.ts'

const redis = openRedis(process.argv[2] ?? '', 'worker')
startChores({
  redis,
  leaseMs: 2_000,
  chores: [
    {
      name: 'count',
      everyMs: 5,
      run: async () => {
        await redis.rpush('runs', String(process.pid))
      },
    },
  ],
})
await redis.rpush('started', String(process.pid))
