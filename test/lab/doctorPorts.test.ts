import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clusterChecks } from "../../cli/doctor/checks/allChecks.ts";
import { diagnose, reportFindings } from "../../cli/doctor/findings.ts";
import { gatherStack } from "../../cli/doctor/gather/stack.ts";
import { untilWhole } from "./support/cluster.ts";
import { expectFound } from "./support/examine.ts";
import { onMachine } from "./support/host.ts";
import { LabStack, type Outputs } from "./support/labStack.ts";
import { missing } from "./support/pieces.ts";

const name = "lab-doctor-ports";
const store = `.state/machines/${name}`;

describe.skipIf(missing !== undefined)("doctor, on what a secured stack's machines open", () => {
    const stack = new LabStack(name);
    let outputs: Outputs;

    const place = () => ({ nodes: outputs.nodes, store, access: outputs.access });
    /** Runs docker on the client agent's machine. */
    const there = (...words: string[]) => onMachine(name, "client-1", "docker", ...words);

    beforeAll(async () => {
        await stack.init();
        stack.configure({ servers: 1, clients: 1 });
        await stack.up();
        outputs = await stack.outputs();
        await untilWhole(outputs);
    });

    afterAll(async () => {
        await stack.end();
    });

    it("says what this computer reaches of each role", async () => {
        await expectFound(place());
        const facts = await gatherStack(place());
        expect(reportFindings(clusterChecks, facts, diagnose(clusterChecks, facts))).toContain(
            "this computer reaches servers at 8300, 8301, 8501 and 8600; " +
                "client agents at 8301, 8501 and 8600: no other than the stack publishes",
        );
    });

    it("names a port that another container publishes, and its fix puts it right", async () => {
        const address = outputs.nodes["client-1"]?.address ?? "";
        const image = await there("inspect", "--format={{.Config.Image}}", "consul");
        await there(
            ...["run", "--detach", "--name=stray", `--publish=${address}:8502:8500`, image],
            ...["agent", "-dev", "-client=0.0.0.0"],
        );
        const [found] = await expectFound(place(), "port-unexpected client-1");
        expect(found?.seen).toContain(`${address}:8502 (gRPC)`);
        expect(found?.fix).toContain("`docker rm --force stray`");
        await there("rm", "--force", "--volumes", "stray");
        await expectFound(place());
    });
});
