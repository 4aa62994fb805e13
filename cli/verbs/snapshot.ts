import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { takeSnapshot } from "../../scripts/consul/snapshot.ts";
import { ledServer, stackContact } from "../stack/contact.ts";
import { environmentClient } from "../stack/environmentClient.ts";
import { defaultSnapshotFolder } from "../../scripts/protocol/names.ts";
import { openedCluster, print, type Call, type Verb } from "./verb.ts";

/** Takes a snapshot of the cluster's data. */
export const snapshot: Verb = async (call) => {
    const { servers, folder } = await placeOf(call);
    const server = await ledServer(servers);
    const { Config } = await server.self();
    const file = await takeSnapshot(server, { folder, datacenter: Config.Datacenter });
    const { size: bytes } = await stat(file);
    print(
        call,
        { file, datacenter: Config.Datacenter, bytes },
        `${file}\nIt holds every secret of the cluster: keep it as one.`,
    );
};

/** Which servers are asked, and where the snapshot is kept. A cluster that is named by an address needs no stack. */
async function placeOf(call: Call) {
    const { address, folder, stack } = call.options;
    const given = folder === undefined ? undefined : resolve(call.from, folder);
    if (address !== undefined && given !== undefined) {
        return { servers: [environmentClient(address)], folder: given };
    }
    if (address !== undefined && stack === undefined) {
        const usual = resolve(call.from, defaultSnapshotFolder("dev"));
        return { servers: [environmentClient(address)], folder: usual };
    }
    const { cluster } = await openedCluster(call);
    const servers =
        address === undefined
            ? (await stackContact(cluster)).servers
            : [environmentClient(address)];
    return { servers, folder: given ?? cluster.snapshots };
}
