import { allHold, report, stackChecks, toolChecks } from "./doctor/checks.ts";
import { gatherComputer, gatherStack } from "./doctor/gather.ts";
import { runTask } from "./show/failure.ts";

/** Looks at everything, changes nothing; the exit code says whether all is as it should be. */
async function doctor(): Promise<void> {
    const { tools, pulumi } = await gatherComputer();
    const checks = toolChecks(tools);
    console.log(`This computer:\n${report(checks)}\n`);

    const stack = pulumi === undefined ? undefined : await gatherStack(pulumi);
    if (stack === undefined) {
        console.log("No cluster runs: `npm start` brings one up.");
    } else {
        const ofStack = stackChecks(stack);
        console.log(`The cluster:\n${report(ofStack)}`);
        checks.push(...ofStack);
    }
    process.exitCode = allHold(checks) ? 0 : 1;
}

await runTask(doctor);
