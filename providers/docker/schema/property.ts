/** What kind of value a property has. */
export type PropertyType = "string" | "int" | "bool" | "map" | "list" | "set";

/**
 * One property of a resource, as Pulumi's own docker plugin has it: its inputs, its state and what a change of it
 * means. The plugin is generated from kreuzwerker's Terraform provider, and the state keeps some of that.
 */
export interface Property {
    readonly type: PropertyType;
    /** The fields of its elements. @default elements of a list or set are strings */
    readonly fields?: Schema;
    /** Whether a list or set has at most one element, which is declared and kept without the list. @default false */
    readonly single?: true;
    /** Its Terraform name. @default the name in snake case */
    readonly terraform?: string;
    /** Whether a change of it replaces the resource. @default false */
    readonly replaces?: true;
    /** Whether the engine decides where it is not declared. @default false */
    readonly computed?: true;
    /** Whether it has to be declared. @default false */
    readonly required?: true;
    /** Its value where it is not declared. @default none */
    readonly default?: string | number | boolean;
    /** Why it is refused where it is declared. @default it is served */
    readonly refused?: string;
}

/** The properties of a resource, or the fields of an element, by name. */
export type Schema = Readonly<Record<string, Property>>;

/** Text. */
export const text = { type: "string" } as const;
/** A whole number. */
export const int = { type: "int" } as const;
/** A truth value. */
export const bool = { type: "bool" } as const;
/** Text by key. */
export const map = { type: "map" } as const;
/** Texts in an order. */
export const list = { type: "list" } as const;
/** Texts in no order. */
export const set = { type: "set" } as const;
/** A change of it replaces the resource. */
export const replaces = { replaces: true } as const;
/** The engine decides where it is not declared. */
export const computed = { computed: true } as const;
/** It has to be declared. */
export const required = { required: true } as const;

/** Labels, as every resource has them. */
export const labels = {
    ...set,
    ...replaces,
    fields: {
        label: { ...text, ...required, ...replaces },
        value: { ...text, ...required, ...replaces },
    },
} as const;

/** The Terraform name of a property. */
export function terraformName(name: string, { terraform }: Property): string {
    return terraform ?? snakeCase(name);
}

/** `ipamConfigs` -> `ipam_configs` */
export function snakeCase(name: string): string {
    return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Whether a property is a list or a set that is kept as a list. */
export function isCollection({ type, single }: Property): boolean {
    return (type === "list" || type === "set") && single !== true;
}
