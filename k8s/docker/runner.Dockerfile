# docker build -f k8s/docker/runner.Dockerfile -t ghcr.io/sympozium/runner:0.1.0 .
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .
RUN dotnet publish Sympozium.Runner -c Release -o /app

# What agents' commands may use is what this image has; add packages here.
FROM mcr.microsoft.com/dotnet/runtime:10.0
COPY --from=build /app /app
ENV PATH=/app:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin DOTNET_EnableDiagnostics=0 HOME=/tmp
USER 1000:1000
ENTRYPOINT ["/app/sympozium-runner"]
