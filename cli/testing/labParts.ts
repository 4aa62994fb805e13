import { readdirSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../tools/paths.ts";

const folder = "test/lab";

/**
 * Files of the lab that run without being named. They keep `npm test` within half an hour on two cores, and within 75
 * minutes on a bare machine, which builds its tools first: a cluster that forms, is interrupted, changes, grows,
 * drifts and is secured, its services, and hosts that stay. The rest runs by `npm test -- lab all`, when it is named,
 * and each week in CI; what it tests is tested against stand-ins in the unit and engine layers as well.
 */
export const usualLabTests: readonly string[] = [
    "drifting",
    "examples-registration",
    "forming",
    "interrupted",
    "living",
    "returning",
    "secured",
    "services",
].map((name) => `${folder}/${name}.test.ts`);

/** The other files of the lab. */
export const longLabTests: readonly string[] = readdirSync(join(projectRoot, folder))
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => `${folder}/${name}`)
    .filter((file) => !usualLabTests.includes(file));

/** The word after `lab` that asks for all of it. */
export const allWord = "all";

/** Tells vitest.config.ts to leave out the long ones. */
export const labPartVariable = "LAB_PART";

/** The value of {@link labPartVariable} for the usual part. */
export const usualPart = "usual";
