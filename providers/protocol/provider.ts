/** Inputs, outputs or state of a resource, as they travel between the engine and a provider. */
export type Properties = Readonly<Record<string, unknown>>;

/** The engine's token of a value that is not known yet, in a preview. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The resource that a call is about. */
export interface Subject {
    readonly urn: string;
    /** The logical name: the last part of the URN. */
    readonly name: string;
    /** The type token: `docker:index/container:Container`. */
    readonly type: string;
}

/** Inputs that were checked. */
export interface Checked {
    /** The inputs, with defaults. */
    readonly inputs: Properties;
    /** What is wrong with them. @default nothing */
    readonly failures?: readonly { readonly property: string; readonly reason: string }[];
}

/** What a property that differs means. */
export interface PropertyDifference {
    readonly kind: "add" | "delete" | "update";
    /** Whether it replaces the resource. */
    readonly replaces: boolean;
    /** Whether inputs were compared with inputs, not with the state. @default false */
    readonly ofInputs?: boolean;
}

/** What would change. */
export interface Difference {
    /** What differs, by path: `labels[0].value`. */
    readonly paths: ReadonlyMap<string, PropertyDifference>;
    /** Whether the old resource is deleted before its replacement is created. @default false */
    readonly deleteBeforeReplace?: boolean;
    /** Outputs that an update does not change. @default none */
    readonly stables?: readonly string[];
    /** Top-level properties that differ. @default those of the paths */
    readonly properties?: readonly string[];
}

/** A resource as it was recorded, and how it is declared now. */
export interface Change {
    readonly id: string;
    /** The recorded outputs. */
    readonly state: Properties;
    /** The recorded inputs. */
    readonly oldInputs: Properties;
    /** The declared inputs, checked. What `ignoreChanges` names is as it was recorded. */
    readonly inputs: Properties;
    /** The inputs that `ignoreChanges` names. */
    readonly ignored: readonly string[];
}

/** How an operation is run. */
export interface OperationOptions {
    /** Whether nothing is to be done, only foreseen. */
    readonly preview: boolean;
    /** Seconds that it may take. @default the provider's own limit */
    readonly timeout: number | undefined;
}

/** A resource that was made or read. */
export interface Resource {
    /** May be empty in a preview. */
    readonly id: string;
    readonly state: Properties;
    /** The inputs that belong to the state that was read. @default those that were recorded */
    readonly inputs?: Properties;
}

/** A provider resource of a program: one configuration of a provider. */
export interface ProviderInstance {
    /** Whether secrets are marked as such in inputs, and kept so in outputs. Elsewhere the engine marks them. */
    readonly acceptsSecrets: boolean;
    /** Whether references to resources are taken as such in inputs. @default false: the engine sends their ids */
    readonly acceptsResources?: boolean;
    checkConfig(inputs: Properties): Checked;
    diffConfig(olds: Properties, news: Properties): Difference;
    /**
     * Takes its configuration.
     *
     * @param name the provider resource's name, for messages.
     * @throws Error where the configuration cannot be used
     */
    configure(inputs: Properties, name: string): Promise<void>;
    check(subject: Subject, olds: Properties, news: Properties): Checked;
    diff(subject: Subject, change: Change): Difference;
    /** @throws PartlyCreated where there is a resource all the same */
    create(subject: Subject, inputs: Properties, options: OperationOptions): Promise<Resource>;
    update(subject: Subject, change: Change, options: OperationOptions): Promise<Properties>;
    /** Undefined where there is none any more. */
    read(subject: Subject, resource: Resource): Promise<Resource | undefined>;
    delete(subject: Subject, resource: Resource, timeout: number | undefined): Promise<void>;
    /** Ends what is under way: the user has interrupted the run. */
    cancel(): void;
}

/** Shows a line beside a resource. A `status` is shown only while an operation of the resource runs. */
export type Log = (
    severity: "debug" | "status" | "info" | "warning" | "error",
    message: string,
    urn: string,
) => void;

/** A provider package, such as docker. */
export interface ProviderPackage {
    /** `docker` */
    readonly name: string;
    /** The version of the plugin whose place it takes. */
    readonly version: string;
    /** A new instance, for one provider resource of a program. */
    instance(log: Log): ProviderInstance;
}

/** A resource was created, but is not as it was declared. It is recorded, and the next run goes on with it. */
export class PartlyCreated extends Error {
    readonly resource: Resource;

    constructor(message: string, resource: Resource) {
        super(message);
        this.name = "PartlyCreated";
        this.resource = resource;
    }
}
