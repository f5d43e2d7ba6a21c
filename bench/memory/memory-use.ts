import { readFileSync } from 'node:fs';

/** MiB. */
export interface MemoryUse {
  readonly resident: number;
  /** The most that was ever resident. */
  readonly peak: number;
  readonly heap: number;
  /** Buffers. */
  readonly external: number;
}

/** Of this process; resident memory as the kernel counts it. Linux only. */
export function memoryUse(): MemoryUse {
  const status = readFileSync('/proc/self/status', 'utf8');
  const { heapUsed, external } = process.memoryUsage();
  return {
    resident: kernelCount(status, 'VmRSS'),
    peak: kernelCount(status, 'VmHWM'),
    heap: mebibytes(heapUsed),
    external: mebibytes(external),
  };
}

function kernelCount(status: string, name: string): number {
  const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  if (kibibytes === undefined) throw new Error(`the kernel does not tell ${name}`);
  return mebibytes(Number(kibibytes) * 1024);
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
