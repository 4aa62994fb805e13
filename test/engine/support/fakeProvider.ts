import type {
    Difference,
    Properties,
    ProviderInstance,
    Resource,
    Subject,
} from "../../../providers/protocol/provider.ts";
import { differences } from "./difference.ts";

/** Prefix of all logical names: the cluster's name. */
const cluster = "consul-";

/** What a provider does that the test process itself serves to the engine. Names are without the cluster's. */
export interface FakeProvider {
    /** Takes a provider resource's configuration. @throws Error when it cannot be used */
    configure(config: Properties): void;
    /** Compares inputs. */
    diff(subject: Subject, olds: Properties, news: Properties): Difference;
    /** What a preview says of a resource that it would make. */
    foresee(inputs: Properties): Properties;
    create(subject: Subject, inputs: Properties): Promise<Resource>;
    /** @param state what it was until now. */
    update(subject: Subject, news: Properties, state: Properties): Promise<Properties>;
    delete(subject: Subject, state: Properties): Promise<void>;
    /** Whether a refresh still finds it. */
    exists(subject: Subject, state: Properties): boolean;
}

/** An instance that takes inputs as they are, and whose configuration replaces nothing. */
export function instanceOf(provider: FakeProvider): ProviderInstance {
    return {
        acceptsSecrets: false,
        checkConfig: (inputs) => ({ inputs }),
        diffConfig: (olds, news) => ({ paths: differences(olds, news, () => false) }),
        configure: (inputs) => {
            provider.configure(inputs);
            return Promise.resolve();
        },
        check: (_subject, _olds, inputs) => ({ inputs }),
        diff: (subject, { oldInputs, inputs }) => provider.diff(short(subject), oldInputs, inputs),
        create: (subject, inputs, { preview }) =>
            preview
                ? Promise.resolve({ id: "", state: provider.foresee(inputs) })
                : provider.create(short(subject), inputs),
        update: (subject, { inputs, state }, { preview }) =>
            preview
                ? Promise.resolve(provider.foresee(inputs))
                : provider.update(short(subject), inputs, state),
        read: (subject, { id, state }) =>
            Promise.resolve(provider.exists(short(subject), state) ? { id, state } : undefined),
        delete: (subject, { state }) => provider.delete(short(subject), state),
        cancel: () => undefined,
    };
}

function short(subject: Subject): Subject {
    return { ...subject, name: subject.name.replace(cluster, "") };
}
