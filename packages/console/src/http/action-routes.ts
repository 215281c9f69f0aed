import { type Check, checkPodId, checkRate, checkUid, optionsCheck, POD_INTENTS, type PodIntent, POD_ID_MAX, invalidParameter } from '@stateful-route/core/adapter';
import { Hono } from 'hono';
import type { ActionResult, IntentRequest, UserRequest } from '../api/types.ts';
import { setIntent } from '../actions/intents.ts';
import type { Hubs } from '../hub/hubs.ts';
import type { Place } from '../read/service-reading.ts';
import { type ApiEnv, onlyActors } from './access.ts';
import { bodyOf, wholeNumber } from './request-rules.ts';
