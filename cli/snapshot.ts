import { takeSnapshot } from "../scripts/consul/snapshot.ts";
import { commandLine, runTask } from "./show/task.ts";
import { findContact } from "./stack/contact.ts";

/** Takes a snapshot of the cluster's data. */
async function snapshot(args: readonly string[]): Promise<void> {
    const options = commandLine("npm run snapshot", "Takes a snapshot of the cluster's data.")
        .option("--folder <folder>", "where it is kept; by default the stack's folder of snapshots")
        .option("--address <url>", "HTTP API of a server; by default one of the stack's")
        .parse([...args], { from: "user" })
        .opts();
    const { server, folder } = await findContact(options.address);
    const { Config } = await server.self();
    const file = await takeSnapshot(server, {
        folder: options.folder ?? folder,
        datacenter: Config.Datacenter,
    });
    console.log(`${file}\nIt holds every secret of the cluster: keep it as one.`);
}

await runTask(snapshot);
