import { onTestFinished, vi } from "vitest";

/** Sets a variable of the environment until the running test ends. */
export function stubEnv(name: string, value: string): void {
    vi.stubEnv(name, value);
    onTestFinished(() => {
        vi.unstubAllEnvs();
    });
}
