/** The game, for the players of one match. Their sockets are all on the pod that has the match. */
import {
  ConnectedSocket,
  MessageBody,
  type OnGatewayConnection,
  type OnGatewayInit,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
} from '@nestjs/websockets';
import { NOT_MINE } from '@stateful-route/driver';
import type { Host } from '@stateful-route/host';
import { guardEngine, stayOf } from '@stateful-route/host/engine-io';
import { InjectHost } from '@stateful-route/nestjs/host';
import type { Server, Socket } from 'socket.io';

export interface Match {
  /** The goals of each player, and the number of the last one. */
  readonly players: Record<string, { goals: number; last: number }>;
}

@WebSocketGateway()
export class MatchGateway implements OnGatewayInit<Server>, OnGatewayConnection<Socket> {
  @WebSocketServer() io!: Server;

  constructor(@InjectHost() readonly host: Host<Match>) {}

  afterInit(io: Server): void {
    guardEngine(io.engine, this.host);
  }

  async handleConnection(socket: Socket): Promise<void> {
    const { uid, state } = stayOf<Match>(socket.conn);
    await socket.join(uid);
    socket.emit('match', state);
  }

  /** What is returned acknowledges the goal. Without that the player sends it again, so each goal has a number. */
  @SubscribeMessage('goal')
  async goal(
    @ConnectedSocket() socket: Socket,
    @MessageBody() { player, number }: { player: string; number: number },
  ): Promise<number | undefined> {
    const stay = stayOf<Match>(socket.conn);
    const scored = await stay.use((match) => {
      const score = (match.players[player] ??= { goals: 0, last: 0 });
      if (number > score.last) match.players[player] = { goals: score.goals + 1, last: number };
      return match;
    });
    if (scored === NOT_MINE) return undefined;
    this.io.to(stay.uid).emit('match', scored);
    return scored.players[player]?.goals;
  }
}
