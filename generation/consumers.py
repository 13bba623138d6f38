from channels.generic.websocket import AsyncJsonWebsocketConsumer


class PlaygroundConsumer(AsyncJsonWebsocketConsumer):
    pass
