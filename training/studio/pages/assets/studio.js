// What the page does by itself: sending files, and taking a picture with the camera.
"use strict";

const Studio = {
  // Sends a file as it is; tells {share}, then {path}, {picture} or {error}.
  send(file, address, tell) {
    if (!file) return;
    const request = new XMLHttpRequest();
    request.open("POST", address + "?name=" + encodeURIComponent(file.name || "picture"));
    request.upload.onprogress = (event) => event.lengthComputable && tell({ share: event.loaded / event.total });
    request.onload = () => {
      let answer = {};
      try {
        answer = JSON.parse(request.responseText);
      } catch {
        answer = { error: request.responseText || "The studio did not understand. Load the page again." };
      }
      tell({ ...answer, name: file.name || "picture" });
    };
    request.onerror = () => tell({ error: "The studio could not be reached, or refused the file. Is it still running?" });
    request.send(file);
  },

  // Sends what was chosen in, or dropped on, a file field, and empties it for the next.
  chosen(event, address, limit, tell) {
    const file = event.target.files[0];
    if (file && file.size > limit) {
      const most = Math.floor(limit / 1e6);
      tell({ error: `The file is larger than ${most} MB, the most that is taken. Give its path, or a smaller file.` });
    } else {
      Studio.send(file, address, tell);
    }
    event.target.value = "";
  },

  async openCamera(video, tell) {
    try {
      const wanted = { video: { width: { ideal: 1280 }, height: { ideal: 720 } }, audio: false };
      video.srcObject = await navigator.mediaDevices.getUserMedia(wanted);
      await video.play();
      tell({ open: true });
    } catch (error) {
      const reasons = {
        NotAllowedError: "The browser may not use the camera. Allow it beside the address, and try again.",
        NotFoundError: "The browser finds no camera. Connect one, or choose a picture.",
        NotReadableError: "The camera can't be opened. Close other programs that use it.",
      };
      tell({ error: reasons[error.name] || `The camera can't be used: ${error.message}. Choose a picture.` });
    }
  },

  closeCamera(video) {
    for (const track of video.srcObject ? video.srcObject.getTracks() : []) track.stop();
    video.srcObject = null;
  },

  takePicture(video, tell) {
    if (!video.videoWidth) return tell({ error: "The camera shows nothing yet. Open it again, and wait a moment." });
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d").drawImage(video, 0, 0);
    canvas.toBlob((blob) => Studio.send(blob, "/upload/picture", tell), "image/jpeg", 0.95);
    Studio.closeCamera(video);
  },
};
window.Studio = Studio;
