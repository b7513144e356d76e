import { defineConfig, mergeConfig } from 'vitest/config'
import shared from '../../vitest.config.ts'

/** The checks of the house itself; their report stands beside them like a package's. */
export default mergeConfig(
  shared,
  defineConfig({
    test: {
      root: import.meta.dirname,
      include: ['*.test.ts'],
    },
  }),
)
