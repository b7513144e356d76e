import { defineConfig } from 'vitest/config'

/** What every package's tests share: plain output for people, a JSON report for the final count. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'journeys/**/*.test.ts'],
    reporters: ['default', ['json', { outputFile: 'test-report.json' }]],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Under turbo the packages run side by side, one on each core.
    maxWorkers: process.env['TURBO_HASH'] === undefined ? 2 : 1,
    passWithNoTests: false,
  },
})
