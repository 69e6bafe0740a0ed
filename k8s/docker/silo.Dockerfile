# docker build -f k8s/docker/silo.Dockerfile -t ghcr.io/sympozium/silo:0.1.0 .
# The gateway is the same program: docker build --target gateway ... -t ghcr.io/sympozium/gateway:0.1.0 .
# For silos and gateways as processes of their own (k8s/cluster): docker build --build-arg GRAINS=Orleans ...
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
ARG GRAINS=Local
WORKDIR /source
COPY . .
RUN dotnet publish Sympozium.Silo -c Release -p:GrainRuntime=$GRAINS -o /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0 AS silo
RUN apt-get update && apt-get install -y --no-install-recommends libsqlite3-0 && rm -rf /var/lib/apt/lists/*
COPY --from=build /app /app
ENV DOTNET_EnableDiagnostics=0 HOME=/tmp
USER 1000:1000
ENTRYPOINT ["/app/sympozium-silo"]

FROM silo AS gateway
ENTRYPOINT ["/app/sympozium-silo", "gateway"]

FROM silo
