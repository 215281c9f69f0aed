import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { ActionDialog } from './actions/action-dialog.tsx';
import { NoticeBox } from './actions/notice.tsx';
import { TokenDialog } from './actions/token-dialog.tsx';
import { connection, follow, info, type Live, live, mayAct } from './api/live.ts';
import { Icon, type IconName } from './parts/icon.tsx';
import { Foreign } from './parts/id.tsx';
import { Search, SEARCH_ID } from './parts/search.tsx';
import { goTo, place } from './routing/place.ts';
import { hrefOf, type Route } from './routing/route.ts';
import { Conditions } from './screens/conditions.tsx';
import { NowScreen } from './screens/now.tsx';
import { PlanScreen } from './screens/plan.tsx';
import { PodScreen } from './screens/pod.tsx';
import { PodsScreen } from './screens/pods.tsx';
import { RolloutScreen } from './screens/rollout.tsx';
import { TimelineScreen } from './screens/timeline.tsx';
import { UserScreen } from './screens/user.tsx';
import { podName } from './words/pod-words.ts';

const links: readonly { readonly route: Route; readonly name: string; readonly icon: IconName }[] = [
  { route: { screen: 'now' }, name: 'Now', icon: 'now' },
  { route: { screen: 'pods' }, name: 'Pods', icon: 'pods' },
  { route: { screen: 'user', uid: undefined }, name: 'User', icon: 'user' },
  { route: { screen: 'rollout' }, name: 'Rollout', icon: 'rollout' },
  { route: { screen: 'timeline' }, name: 'Timeline', icon: 'timeline' },
  { route: { screen: 'plan' }, name: 'Plan', icon: 'plan' },
];

/** The page: what is around every screen, and the screen that the address names. */
export function App(): JSX.Element {
  const { route, service: named } = place.value;
  const service = named ?? info.value?.services[0];
  useEffect(() => {
    if (service === undefined) return undefined;
    const control = new AbortController();
    void follow(service, control.signal);
    return () => control.abort();
  }, [service]);
  useEffect(focusSearchBySlash, []);
  return (
    <>
      <a class="skip" href="#content" onClick={skipToContent}>
        Skip to content
      </a>
      <div class="frame">
        <Side service={service} route={route} />
        <main class="main" id="content" tabIndex={-1}>
          <Top service={service} route={route} />
          <div class="screen">
            <Conditions />
            <Screen service={service} route={route} live={live.value} />
          </div>
        </main>
      </div>
      <NoticeBox />
      {service !== undefined && <ActionDialog service={service} />}
      <TokenDialog />
    </>
  );
}

function Screen(props: {
  readonly service: string | undefined;
  readonly route: Route;
  readonly live: Live | undefined;
}): JSX.Element {
  const { service, route, live: known } = props;
  if (service === undefined) {
    return (
      <p class="card empty">{info.value ? 'The namespace has no service yet.' : 'Asking the server…'}</p>
    );
  }
  if (!known) return <p class="card empty">Reading {service}…</p>;
  if (route.screen === 'user') return <UserScreen service={service} uid={route.uid} live={known} />;
  if (route.screen === 'pod') {
    const { podId } = route;
    return <PodScreen key={`${service} ${podId}`} service={service} podId={podId} live={known} />;
  }
  const Named = screens[route.screen];
  return <Named key={`${service} ${route.screen}`} service={service} live={known} />;
}

/** The screens that are about the whole service. */
const screens = {
  now: NowScreen,
  pods: PodsScreen,
  rollout: RolloutScreen,
  timeline: TimelineScreen,
  plan: PlanScreen,
};

function Side(props: { readonly service: string | undefined; readonly route: Route }): JSX.Element {
  const { service, route } = props;
  const current = route.screen === 'pod' ? 'pods' : route.screen;
  return (
    <header class="side">
      <div class="brand">
        <Mark />
        <span>stateful-route</span>
      </div>
      <ServiceChoice service={service} route={route} />
      <nav class="nav" aria-label="Screens">
        <ul>
          {links.map(({ route: to, name, icon }) => (
            <li key={name}>
              <a href={hrefOf(service ?? '', to)} aria-current={to.screen === current ? 'page' : undefined}>
                <Icon name={icon} />
                {name}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <Who />
    </header>
  );
}

function ServiceChoice({
  service,
  route,
}: {
  readonly service: string | undefined;
  readonly route: Route;
}): JSX.Element {
  const services = info.value?.services ?? [];
  // What is about one pod or user of a service is nothing of another one.
  const kept: Route =
    route.screen === 'pod'
      ? { screen: 'pods' }
      : route.screen === 'user'
        ? { ...route, uid: undefined }
        : route;
  return (
    <div class="service">
      <span id="service-label">{info.value ? <>service in {info.value.namespace}</> : 'service'}</span>
      {services.length > 1 ? (
        <select
          aria-labelledby="service-label"
          value={service}
          onChange={({ currentTarget: { value } }) => goTo(value, kept)}
        >
          {services.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      ) : (
        <strong class="cut">{service ?? '–'}</strong>
      )}
    </div>
  );
}

function Who(): JSX.Element {
  const { state } = connection.value;
  const words = { connecting: 'connecting', live: 'live', broken: 'no connection' };
  return (
    <div class="who">
      <span class="connection" data-state={state}>
        <i />
        {words[state]}
      </span>
      {info.value && (
        <span>
          <Foreign text={info.value.who} /> {mayAct.value ? 'can act' : 'read-only'}
        </span>
      )}
    </div>
  );
}

function Top({
  service,
  route,
}: {
  readonly service: string | undefined;
  readonly route: Route;
}): JSX.Element {
  const title = titleOf(service, route);
  const heading = useRef<HTMLHeadingElement>(null);
  const isFirst = useRef(true);
  useEffect(() => void (document.title = `${title} · ${service ?? 'stateful-route'}`), [title, service]);
  useEffect(() => {
    // Who follows a link hears where it led; who opens the page begins at its top.
    if (!isFirst.current) {
      heading.current?.focus();
      scrollTo(0, 0);
    }
    isFirst.current = false;
  }, [route]);
  return (
    <div class="top">
      <h1 ref={heading} tabIndex={-1}>
        <span class="cut">{title}</span>
      </h1>
      {service !== undefined && <Search service={service} />}
    </div>
  );
}

function titleOf(service: string | undefined, route: Route): string {
  if (route.screen === 'pod') return podName(service ?? '', route.podId);
  return links.find((link) => link.route.screen === route.screen)?.name ?? 'Now';
}

function Mark(): JSX.Element {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false" class="mark">
      <rect width="32" height="32" rx="8" />
      <path d="M8 16h5c4 0 4-7 8-7h1M13 16h9M13 16c4 0 4 7 8 7h1" />
      <circle cx="8" cy="16" r="2.6" />
      <circle cx="24" cy="9" r="2.2" />
      <circle cx="24" cy="16" r="2.2" />
      <circle cx="24" cy="23" r="2.2" />
    </svg>
  );
}

/** The address after `#` is the screen's, so that the browser's own way to a part of the page is not free. */
function skipToContent(event: Event): void {
  event.preventDefault();
  document.getElementById('content')?.focus();
}

function focusSearchBySlash(): () => void {
  const press = (event: KeyboardEvent): void => {
    const { target } = event;
    const isTyping =
      target instanceof HTMLElement && target.closest('input, select, textarea, dialog, [contenteditable]');
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
    event.preventDefault();
    document.getElementById(SEARCH_ID)?.focus();
  };
  addEventListener('keydown', press);
  return () => removeEventListener('keydown', press);
}
