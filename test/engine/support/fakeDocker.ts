import {
    unknownValue,
    type Properties,
    type ProviderPackage,
    type Subject,
} from "../../../providers/protocol/provider.ts";
import { propertyOf } from "../../../providers/protocol/values.ts";
import { differences } from "./difference.ts";
import { instanceOf, type FakeProvider } from "./fakeProvider.ts";
import type { World } from "./world.ts";

/** What the provider changes without replacing the resource. */
const inPlace: Readonly<Record<string, readonly string[]>> = {
    Container: ["restart", "healthcheck", "tmpfs", "destroyGraceSeconds", "removeVolumes"],
    RemoteImage: ["keepLocally"],
};

/** The provider of Docker, 5.2.0, as far as our components use it. */
export function fakeDocker(world: World): ProviderPackage {
    return { name: "docker", version: "5.2.0", instance: () => instanceOf(engineOf(world)) };
}

/** What is on the Docker Engine that the configuration names. */
function engineOf(world: World): FakeProvider {
    let host = "not configured";
    const perform = <T>(what: string, subject: Subject, inputs: Properties, work: () => T) =>
        world.perform({ what: `${what} ${subject.name}`, host, inputs }, work);
    return {
        configure: (config) => {
            const configured = String(config.host);
            // The true one pings the engine here, whatever it is going to be asked; but none behind SSH.
            if (!configured.startsWith("ssh:")) {
                world.on(configured);
            }
            host = configured;
        },
        diff: (subject, olds, news) => {
            const kept = inPlace[kindOf(subject)] ?? [];
            const paths = differences(olds, news, (path) => !kept.includes(propertyOf(path)));
            const deleteBeforeReplace = kindOf(subject) === "Container";
            return { paths, deleteBeforeReplace };
        },
        foresee: (inputs) => ({ ...inputs, imageId: unknownValue }),
        create: (subject, inputs) =>
            perform("create", subject, inputs, () => {
                // An image that is there already is taken as it is.
                if (kindOf(subject) === "RemoteImage") {
                    world.on(host).add(placeOf(subject, inputs));
                } else {
                    world.place(host, placeOf(subject, inputs));
                }
                const id = `${kindOf(subject)}-${world.next()}`;
                return { id, state: { ...inputs, imageId: id } };
            }),
        update: (subject, news) =>
            perform("update", subject, news, () => {
                world.on(host);
                return news;
            }),
        delete: (subject, state) =>
            perform("delete", subject, state, () => {
                world.on(host).delete(placeOf(subject, state));
            }),
        exists: (subject, state) => world.on(host).has(placeOf(subject, state)),
    };
}

/** `docker:index/container:Container` -> `Container`. */
function kindOf({ type }: Subject): string {
    return type.slice(type.lastIndexOf(":") + 1);
}

function placeOf(subject: Subject, { name }: Properties): string {
    return `${kindOf(subject)} ${String(name)}`;
}
