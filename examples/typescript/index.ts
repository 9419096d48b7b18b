import * as pulumi from "@pulumi/pulumi";
import * as realtimekit from "pulumi-realtimekit";

const config = new pulumi.Config();

const archive: realtimekit.types.input.AmazonS3Args = {
    type: "aws",
    bucket: "meeting-archive",
    region: "eu-central-1",
    accessKey: config.requireSecret("accessKey"),
    secret: config.requireSecret("secret"),
};

const standup = new realtimekit.TrackRecording("standup", {
    meetingId: config.require("meetingId"),
    desiredStatus: config.require<realtimekit.DesiredStatus>("desiredStatus"),
    maxSeconds: 3600,
    layers: {
        default: {
            fileNamePrefix: "standup-audio",
            outputs: [{ type: "STORAGE_CONFIG", storageConfig: archive }],
        },
    },
});

export const recording = standup.id;
export const status = standup.status;
