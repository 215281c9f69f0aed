/** The room in NestJS: serves the users that the pod holds, answers 421 for all others, and has the probes. */
import {
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  MisdirectedException,
  Module,
  Param,
  Post,
  ServiceUnavailableException,
} from '@nestjs/common';
import type { Liveness, Readiness } from '@stateful-route/driver';
import { Room } from '../room.ts';
import { POD_ID, POD_ROUTE, type PodRoute } from './stateful-route.module.ts';

@Controller('users/:uid')
export class RoomController {
  readonly #room: Room;
  readonly #podId: number;

  constructor(@Inject(Room) room: Room, @Inject(POD_ID) podId: number) {
    this.#room = room;
    this.#podId = podId;
  }

  @Post('visits')
  @HttpCode(200)
  async visit(@Param('uid') uid: string): Promise<{ uid: string; podId: number; visits: number }> {
    const visits = await this.#room.visit(uid);
    if (visits === undefined) throw new MisdirectedException('another pod serves this user');
    return { uid, podId: this.#podId, visits };
  }

  @Delete()
  @HttpCode(204)
  async leave(@Param('uid') uid: string): Promise<void> {
    await this.#room.leave(uid);
  }
}

@Controller()
export class ProbesController {
  readonly #route: PodRoute;

  constructor(@Inject(POD_ROUTE) route: PodRoute) {
    this.#route = route;
  }

  @Get('livez')
  live(): Liveness {
    const liveness = this.#route.liveness();
    if (!liveness.alive) throw new ServiceUnavailableException(liveness);
    return liveness;
  }

  @Get('readyz')
  ready(): Readiness {
    const readiness = this.#route.readiness();
    if (!readiness.ready) throw new ServiceUnavailableException(readiness);
    return readiness;
  }
}

@Module({
  controllers: [RoomController, ProbesController],
  providers: [
    { provide: Room, inject: [POD_ROUTE], useFactory: (route: PodRoute) => new Room(route.server) },
  ],
})
// oxlint-disable-next-line typescript/no-extraneous-class -- to Nest a module is a class, whatever is in it
export class RoomModule {}
