import { differingPaths, propertyOf } from "./difference.ts";
import { unknownValue, type FakeProvider, type Subject } from "./fakeProvider.ts";
import type { Properties, World } from "./world.ts";

/** What the provider changes without replacing the resource. */
const inPlace: Readonly<Record<string, readonly string[]>> = {
    Container: ["restart", "healthcheck", "tmpfs", "destroyGraceSeconds", "removeVolumes"],
    RemoteImage: ["keepLocally"],
};

/** The provider of Docker, 5.2.0, as far as our components use it. */
export function fakeDocker(world: World): FakeProvider {
    const hosts = new Map<string, string>();
    const hostOf = ({ connection }: Subject) => hosts.get(connection) ?? "not configured";
    const perform = <T>(what: string, subject: Subject, inputs: Properties, work: () => T) =>
        world.perform({ what: `${what} ${subject.name}`, host: hostOf(subject), inputs }, work);
    return {
        version: "5.2.0",
        configure: (connection, config) => {
            const host = String(config.host);
            // The true one pings the engine here, whatever it is going to be asked; but none behind SSH.
            if (!host.startsWith("ssh:")) {
                world.on(host);
            }
            hosts.set(connection, host);
        },
        diff: (subject, olds, news) => {
            const kept = inPlace[kindOf(subject)] ?? [];
            const paths = new Map(
                differingPaths(olds, news).map((path) => [
                    path,
                    { replaces: !kept.includes(propertyOf(path)) },
                ]),
            );
            const deleteBeforeReplace = kindOf(subject) === "Container";
            return { paths, deleteBeforeReplace };
        },
        foresee: (_subject, inputs) => ({ ...inputs, imageId: unknownValue }),
        create: (subject, inputs) =>
            perform("create", subject, inputs, () => {
                // An image that is there already is taken as it is.
                if (kindOf(subject) === "RemoteImage") {
                    world.on(hostOf(subject)).add(placeOf(subject, inputs));
                } else {
                    world.place(hostOf(subject), placeOf(subject, inputs));
                }
                const id = `${kindOf(subject)}-${world.next()}`;
                return { id, outputs: { ...inputs, imageId: id } };
            }),
        update: (subject, _olds, news) =>
            perform("update", subject, news, () => {
                world.on(hostOf(subject));
                return news;
            }),
        delete: (subject, state) =>
            perform("delete", subject, state, () => {
                world.on(hostOf(subject)).delete(placeOf(subject, state));
            }),
        exists: (subject, state) => world.on(hostOf(subject)).has(placeOf(subject, state)),
    };
}

/** `docker:index/container:Container` -> `Container`. */
function kindOf({ type }: Subject): string {
    return type.slice(type.lastIndexOf(":") + 1);
}

function placeOf(subject: Subject, { name }: Properties): string {
    return `${kindOf(subject)} ${String(name)}`;
}
