import { expect, onTestFinished, test, vi } from "vitest";

// What is before the program is looked at here, not the program.
vi.mock("../../index.ts", () => ({ uiUrl: "http://10.0.0.1:8500/ui/", datacenter: "dc1" }));

test("the file that Pulumi runs passes on the program's outputs, without a translator of traces", async () => {
    const { stackTraceLimit } = Error;
    const translator = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace");
    onTestFinished(() => {
        Error.stackTraceLimit = stackTraceLimit;
        if (translator !== undefined) {
            Object.defineProperty(Error, "prepareStackTrace", translator);
        }
    });
    Error.prepareStackTrace = () => "translated";

    const { default: outputs } = await import("../../startup.js");

    expect(outputs).toEqual({ uiUrl: "http://10.0.0.1:8500/ui/", datacenter: "dc1" });
    expect(Object.hasOwn(Error, "prepareStackTrace")).toBe(false);
});
