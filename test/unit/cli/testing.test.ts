import { join } from "node:path";
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
    nameLacks,
    refuseSkips,
    type LayerResult,
    type TestResult,
} from "../../../cli/testing/results.ts";
import { withExit } from "../../../cli/testing/runLayer.ts";
import { longLabTests, usualLabTests } from "../../../cli/testing/labParts.ts";
import { summaryText } from "../../../cli/testing/summary.ts";
import { projectRoot } from "../../../cli/tools/paths.ts";
import { imageEnvironment } from "../../support/prepareLayer.ts";

const passed: TestResult = { file: "a.test.ts", name: "adds", state: "passed" };
const failed: TestResult = { file: "a.test.ts", name: "divides", state: "failed", reason: "by 0" };
const skipped: TestResult = { file: "b.test.ts", name: "flies", state: "skipped", reason: "wind" };
const results: readonly LayerResult[] = [
    { layer: "unit", tests: [passed, failed, passed] },
    { layer: "engine", pulumi: "3.276.0", tests: [skipped] },
    { layer: "lab", tests: [skipped, skipped], skipped: "Docker Engine is missing (no socket)" },
];

describe("summaryText", () => {
    it("ends with the reason of each skip, each failure, and the count on the very last line", () => {
        expect(summaryText(results).split("\n")).toEqual([
            "layer                   passed  failed  skipped",
            "----------------------  ------  ------  -------",
            "unit                    2       1       0",
            "engine, Pulumi 3.276.0  0       0       1",
            "lab                     0       0       2",
            "",
            "Skipped:",
            "  b.test.ts > flies: wind",
            "  lab, all 2: Docker Engine is missing (no socket)",
            "",
            "Failed:",
            "  a.test.ts > divides: by 0",
            "",
            "2 passed, 1 failed, 3 skipped",
        ]);
    });

    it("names the providers that a layer's stacks were made by", () => {
        const lab: LayerResult = { layer: "lab", pulumi: "3.276.0", tests: [passed] };
        const both = (["official", "embedded"] as const).map((providers) => ({
            ...lab,
            providers,
        }));
        expect(summaryText(both).split("\n").slice(2, 4)).toEqual([
            "lab, Pulumi 3.276.0, official providers  1       0       0",
            "lab, Pulumi 3.276.0, embedded providers  1       0       0",
        ]);
    });

    it("names the files that were left out on purpose, and how they are run", () => {
        const lab: LayerResult = { layer: "lab", tests: [passed], left: longLabTests.slice(0, 2) };
        expect(summaryText([lab])).toContain(
            "\n\nLeft out, run by `npm test -- lab all`:\n" +
                "  test/lab/adopting.test.ts, test/lab/certificates.test.ts\n\n",
        );
        expect(usualLabTests.filter((file) => !existsSync(join(projectRoot, file)))).toEqual([]);
    });

    it("has a row for each check", () => {
        const types: TestResult = { file: "c.test.ts", name: "types", state: "passed" };
        const lint: TestResult = { ...types, name: "lint", state: "failed", reason: "no" };
        expect(summaryText([{ layer: "check", tests: [types, lint] }]).split("\n")).toEqual([
            "layer         passed  failed  skipped",
            "------------  ------  ------  -------",
            "check: types  1       0       0",
            "check: lint   0       1       0",
            "",
            "Failed:",
            "  c.test.ts > lint: no",
            "",
            "1 passed, 1 failed, 0 skipped",
        ]);
    });

    it("has one line for the tests of a file that were skipped for one reason", () => {
        const tests = [skipped, { ...skipped, name: "lands" }, { ...skipped, reason: "rain" }];
        expect(summaryText([{ layer: "lab", tests }])).toContain(
            "Skipped:\n  b.test.ts, 2 tests: wind\n  b.test.ts > flies: rain\n\n0 passed",
        );
    });

    it("names neither failures nor skips where there are none", () => {
        const text = summaryText([{ layer: "unit", tests: [passed] }]);
        expect(text).not.toMatch(/Failed:|Skipped:/);
        expect(text.split("\n").at(-1)).toBe("1 passed, 0 failed, 0 skipped");
    });

    it("counts nothing as nothing", () => {
        expect(summaryText([]).split("\n").at(-1)).toBe("0 passed, 0 failed, 0 skipped");
    });
});

describe("refuseSkips", () => {
    it("fails what was skipped though all its pieces are there, and keeps the rest", () => {
        expect(refuseSkips({ layer: "lab", tests: [passed, failed, skipped] }).tests).toEqual([
            passed,
            failed,
            {
                ...skipped,
                state: "failed",
                reason: "skipped, though all it needs is there (wind)",
            },
        ]);
    });
});

it("keeps the skips of a layer that lacks a piece as a whole", () => {
    const lacks: LayerResult = { layer: "lab", tests: [skipped], skipped: "no engine" };
    expect(refuseSkips(lacks)).toEqual(lacks);
});

it("keeps the skip of a test whose title names a piece that it alone lacks", () => {
    const reason = "Registrator image is missing (as configured: no registry)";
    const lacks: TestResult = { ...skipped, name: `the example: skipped, ${reason} > flies` };
    const { tests } = refuseSkips({ layer: "lab", tests: [lacks] });
    expect(tests).toEqual([{ ...lacks, reason }]);
});

it("gives a skipped test the reason that its title names, where tests were chosen", () => {
    const reason = "Pulumi's host for Node programs is missing (on PATH: none)";
    const lacks: TestResult = { ...skipped, name: `the policy pack: skipped, ${reason} > refuses` };
    const { tests } = nameLacks({ layer: "engine", tests: [passed, failed, skipped, lacks] });
    expect(tests).toEqual([passed, failed, skipped, { ...lacks, reason }]);
});

describe("withExit", () => {
    const good: LayerResult = { layer: "unit", tests: [passed] };
    const bad: LayerResult = { layer: "unit", tests: [passed, failed] };

    it("adds nothing to a run that ended well or has told what failed", () => {
        expect(withExit([good], "unit", 0)).toEqual([good]);
        expect(withExit([good, bad], "unit", 1)).toEqual([good, bad]);
    });

    it("counts a run that ended badly without saying so as one failed test", () => {
        const reason = "ended with exit code 134; its own message is above";
        const test: TestResult = { file: "vitest", name: "run", state: "failed", reason };
        expect(withExit([good], "unit", 134)).toEqual([good, { layer: "unit", tests: [test] }]);
    });
});

describe("imageEnvironment", () => {
    it("tells an archive by its full path too", () => {
        expect(imageEnvironment({ image: ".tools/consul.tar" })).toEqual({
            LAB_IMAGE: ".tools/consul.tar",
            LAB_IMAGE_ARCHIVE: `${projectRoot}/.tools/consul.tar`,
        });
    });

    it("tells a reference as it is", () => {
        expect(imageEnvironment({ image: "consul:1" })).toEqual({ LAB_IMAGE: "consul:1" });
    });
});
