/**
 * The fixed credentials of the sandbox: what the emulator of this repository knows. They open nothing else; the
 * provider has no such key. The integration test compares them with the emulator's own.
 */
export const SANDBOX_CREDENTIALS = {
  accessKey: 'SCWSANDBOX0000000000',
  secretKey: '5a4d0b0c-5a4d-4b0c-8a4d-0b0c5a4d0b0c',
  projectId: '6e1f0b52-93a4-4f0c-8a2b-5d7c9e3f4a02',
  organizationId: '0a5c3d10-7b1e-4c55-9d57-2f6b8e4a1c01',
} as const
