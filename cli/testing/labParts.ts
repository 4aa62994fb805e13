/**
 * Files of the lab that run by `npm test -- lab all`, or when they are named, and each week in CI: with them a bare
 * machine, which builds its tools first, would take longer than 75 minutes. What they test is tested against stand-ins
 * in the unit and engine layers as well.
 */
export const longLabTests: readonly string[] = [
    "adopting",
    "clientCertificates",
    "commands",
    "doctorCertificates",
    "doctorData",
    "doctorForming",
    "doctorMembers",
    "doctorPorts",
    "doctorTokens",
    "hosts",
    "lateAddress",
    "moving",
    "reaching",
    "recovering",
    "rotating",
    "rotatingMidway",
    "securedCost",
    "shellProxy",
    "slowClock",
    "staleFlows",
].map((name) => `test/lab/${name}.test.ts`);

/** The word after `lab` that asks for all of it. */
export const allWord = "all";

/** Tells vitest.config.ts to leave out the long ones. */
export const labPartVariable = "LAB_PART";

/** The value of {@link labPartVariable} for the usual part. */
export const usualPart = "usual";
