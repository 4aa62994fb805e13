import type { Difference } from "./difference.ts";
import type { Properties } from "./world.ts";

/** The resource that a call is about. */
export interface Subject {
    /** Which of the engine's connections asks: it opens one for each provider resource. */
    readonly connection: string;
    /** Short name: the logical name without the cluster's. */
    readonly name: string;
    /** Type token, for example `docker:index/container:Container`. */
    readonly type: string;
}

/** A resource as a provider made it. */
export interface Made {
    readonly id: string;
    readonly outputs: Properties;
}

/** A provider that the test process itself serves to the engine. */
export interface FakeProvider {
    readonly version: string;
    /** Takes a provider resource's configuration. @throws Error when it cannot be used */
    configure(connection: string, config: Properties): void;
    /** Compares inputs. */
    diff(subject: Subject, olds: Properties, news: Properties): Difference;
    /** What a preview says of a resource that it would make. */
    foresee(subject: Subject, inputs: Properties): Properties;
    create(subject: Subject, inputs: Properties): Promise<Made>;
    update(subject: Subject, olds: Properties, news: Properties): Promise<Properties>;
    delete(subject: Subject, state: Properties): Promise<void>;
    /** Whether a refresh still finds it. */
    exists(subject: Subject, state: Properties): boolean;
}

/** The engine's token of a value that is not known yet. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
