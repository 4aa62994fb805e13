/** What Docker calls a CPU, by what it runs besides its own programs without an emulator. */
const alsoRuns: Readonly<Record<string, readonly string[]>> = { amd64: ["386"], arm64: ["arm"] };

/** Whether a machine's CPU runs an image of another one; both as Docker calls them, such as `amd64`. */
export function canRun(machine: string, image: string): boolean {
    return machine === image || (alsoRuns[machine]?.includes(image) ?? false);
}
