import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { repairLocalState } from "../../../cli/stack/localState.ts";

describe("a local backend whose writer was killed", () => {
    let backend: string;

    beforeEach(() => {
        backend = mkdtempSync(join(tmpdir(), "mend-"));
    });

    afterEach(() => {
        rmSync(backend, { recursive: true });
    });

    it("loses its empty attribute files, and nothing else", () => {
        const stacks = join(backend, ".pulumi", "stacks", "consul-machines");
        mkdirSync(stacks, { recursive: true });
        writeFileSync(join(stacks, "dev.json"), "{}");
        writeFileSync(join(stacks, "dev.json.attrs"), "");
        writeFileSync(join(stacks, "other.json.attrs"), "{}");
        writeFileSync(join(stacks, "empty.json"), "");
        expect(repairLocalState(backend)).toEqual([join(stacks, "dev.json.attrs")]);
        expect(existsSync(join(stacks, "dev.json"))).toBe(true);
        expect(existsSync(join(stacks, "other.json.attrs"))).toBe(true);
        expect(existsSync(join(stacks, "empty.json"))).toBe(true);
    });

    it("is left alone where there is none yet", () => {
        expect(repairLocalState(backend)).toEqual([]);
    });
});
