import { describe, expect, test } from "vitest";
import { hasAll } from "../../../../components/pulumi/hold.ts";

describe("what was declared is so", () => {
    test.each([
        ["consul:1", "consul:1"],
        [
            { label: "a", value: "b", known: "by the provider alone" },
            { label: "a", value: "b" },
        ],
        [
            [
                { file: "/b", content: "2" },
                { file: "/a", content: "1", executable: false },
            ],
            [
                { file: "/a", content: "1" },
                { file: "/b", content: "2" },
            ],
        ],
        [
            ["A=1", "B=2"],
            ["B=2", "A=1"],
        ],
        ["anything", undefined],
        [[], []],
    ])("in %j of %j", (value, wanted) => {
        expect(hasAll(value, wanted)).toBe(true);
    });
});

describe("what was declared is not so", () => {
    test.each([
        ["consul:1", "consul:2"],
        [undefined, "consul:2"],
        [
            { label: "a", value: "b" },
            { label: "a", value: "c" },
        ],
        [{ label: "a" }, { label: "a", value: "c" }],
        [["A=1"], ["A=1", "B=2"]],
        [["A=1", "B=2"], ["A=1"]],
        ["A=1", ["A=1"]],
        [null, { label: "a" }],
        [30, "30"],
    ])("in %j of %j", (value, wanted) => {
        expect(hasAll(value, wanted)).toBe(false);
    });
});
