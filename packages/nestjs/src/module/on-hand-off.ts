import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { ConfigFault } from '@stateful-route/core';
import { invalidConfig } from '@stateful-route/core/adapter';
import type { HandOffListener } from '@stateful-route/driver';

const handOffMark = DiscoveryService.createDecorator<true>();

/**
 * Marks the method of a provider that saves a user before the move to another pod: `@OnHandOff() save({ uid, token }:
 * HandOffUser)`. If it rejects, the user stays. One method of an application has it. Not beside a host, which saves by itself.
 */
export const OnHandOff = (): MethodDecorator => handOffMark(true);

/**
 * Finds the method that has `@OnHandOff()`.
 *
 * @throws `INVALID_CONFIG` if there are several, or if its provider is made anew for each request.
 */
export function findHandOffListener(
  discovery: DiscoveryService,
  scanner: MetadataScanner,
): HandOffListener | undefined {
  const instances = new Set<unknown>();
  const found: { readonly name: string; readonly listener: HandOffListener }[] = [];
  const faults: ConfigFault[] = [];
  for (const wrapper of [...discovery.getProviders(), ...discovery.getControllers()]) {
    const instance = wrapper.instance as Record<string, HandOffListener> | null | undefined;
    // A provider with an alias is listed twice.
    if (typeof instance !== 'object' || instance === null || instances.has(instance)) continue;
    instances.add(instance);
    for (const method of scanner.getAllMethodNames(Object.getPrototypeOf(instance) as object | null)) {
      if (!discovery.getMetadataByDecorator(handOffMark, wrapper, method)) continue;
      const name = `${wrapper.name}.${method}`;
      found.push({ name, listener: (user) => instance[method]!(user) });
      if (wrapper.isDependencyTreeStatic()) continue;
      faults.push({ name, problem: 'has @OnHandOff, so its provider must not be scoped to requests' });
    }
  }
  if (found.length > 1) {
    const names = found.map(({ name }) => name).join(', ');
    faults.push({ name: 'OnHandOff', problem: `must be on one method of the application, not on ${names}` });
  }
  if (faults.length > 0) throw invalidConfig(faults);
  return found[0]?.listener;
}
